// refuse: syntax 2:19
return <div>hello</div>;
