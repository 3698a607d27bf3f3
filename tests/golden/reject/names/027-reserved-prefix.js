// refuse: reserved-name 2:7
const __frontmcp_state = 1;
return __frontmcp_state;
