// refuse: no-invisible-characters 3:11
// refuse: no-invisible-characters 3:12
return "hi󠁁󠁂";
