import markdown from "markdown-it";
import { page, prose, records } from "./print.js";

const md = markdown({ html: true });
export const data = {
  ids: Object.keys(records),
  pagination: { data: "ids", size: 1, alias: "id" },
  permalink: ({ id }) => `/${records[id].type}/${id}/index.html`,
};
export const render = ({ id }) => page(records[id], prose[id] ? md.render(prose[id]) : "");
