// expect: {"grouped":["1,234,567","999","100,000"],"snake":"camel_case_to_snake_case","prices":[12,7]}
const group = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
const words = "camelCaseToSnakeCase".split(/(?=[A-Z])/).map((word) => word.toLowerCase());
const prices = "€12 $15 €7".match(/(?<=€)\d+/g).map(Number);
return { grouped: [group(1234567), group(999), group(100000)], snake: words.join("_"), prices };
