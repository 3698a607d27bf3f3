// ends: ok
// expect: true
return Array.isArray(skills.map((skill) => skill.name));
