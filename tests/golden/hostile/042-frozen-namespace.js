// ends: runtime_error
acme.getOrder = () => "mine";
