// refuse: no-prototype-access 2:14
return ctx?.["con" + "structor"];
