// refuse: no-host-access 3:8
declare const process: { env: Record<string, string> };
return process.env.HOME;
