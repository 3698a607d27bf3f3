// refuse: no-prototype-access 2:20
return `${`${`${[].constructor}`}`}`;
