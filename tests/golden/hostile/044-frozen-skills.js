// ends: runtime_error
skills.push({ name: "mine" });
