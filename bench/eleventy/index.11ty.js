import { framed, index, indexes } from "./print.js";

export const data = {
  types: Object.keys(indexes),
  pagination: { data: "types", size: 1, alias: "type" },
  permalink: ({ type }) => `/${type}/index.html`,
};
export const render = ({ type }) => framed(`${type}/index`, {}, index(indexes[type]));
