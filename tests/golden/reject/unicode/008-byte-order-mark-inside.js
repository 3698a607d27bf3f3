// refuse: no-invisible-characters 2:10
return 1;﻿
