// refuse: no-prototype-access 2:17
const grab = ({ constructor }) => constructor;
return grab({});
