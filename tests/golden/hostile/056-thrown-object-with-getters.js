// ends: runtime_error
throw { get message() { throw 1; }, get name() { throw 2; }, toString() { throw 3; } };
