import { records } from "./print.js";

export const data = {
  ids: Object.keys(records),
  pagination: { data: "ids", size: 1, alias: "id" },
  permalink: ({ id }) => `/api/v1/${records[id].type}/${id}.json`,
};
export const render = ({ id }) => records[id].own + records[id].said + records[id].more;
