// refuse: no-network 2:8
return axios.get("/x");
