// The theme would fetch and read the search index on every page. Here it waits until somebody turns to the search, or comes from one.
const { open, send } = XMLHttpRequest.prototype;
const waiting = new Set();

XMLHttpRequest.prototype.open = function (method, address, ...rest) {
  if (/\/search_index\.json$/.test(address)) waiting.add(this);
  open.call(this, method, address, ...rest);
};

XMLHttpRequest.prototype.send = function (...body) {
  const go = () => waiting.delete(this) && send.apply(this, body);
  if (!waiting.has(this)) send.apply(this, body);
  else if (/[?&][hq]=/.test(location.search)) go();
  else {
    document.getElementById("__search").addEventListener("change", go);
    document.forms.search.addEventListener("focusin", go);
  }
};
