// refuse: no-modules 2:1
import "x";
