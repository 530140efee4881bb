// Zooming into treemaps, and filtering and sorting of tables. The page can be
// read without it.
"use strict";
(function () {
  var svgName = "http://www.w3.org/2000/svg";

  // make returns a new element with a text.
  function make(tag, text, className) {
    var e = document.createElement(tag);
    if (text) e.textContent = text;
    if (className) e.className = className;
    return e;
  }

  // titleOf returns a cell's full title; nameOf the name at its start.
  function titleOf(g) { return g.querySelector(":scope > title").textContent; }
  function nameOf(g) { return titleOf(g).split(": ")[0]; }

  // A treemap shows one of its cells, or all of them, in its frame.
  function treemap(svg) {
    var view = svg.viewBox.baseVal;
    var cells = Array.prototype.map.call(svg.querySelectorAll("g"), function (g) {
      var rect = g.querySelector(":scope > rect");
      var box = ["x", "y", "width", "height"].map(function (a) { return Number(rect.getAttribute(a)); });
      return { g: g, rect: rect, x: box[0], y: box[1], w: box[2], h: box[3] };
    });
    var by = new Map(cells.map(function (c) { return [c.g, c]; }));
    var whole = { x: 0, y: 0, w: view.width, h: view.height, g: svg };
    var shown = whole;
    svg.setAttribute("role", "group");
    svg.setAttribute("tabindex", "-1");
    svg.classList.add("live");
    var crumbs = make("div", "", "crumbs");
    crumbs.setAttribute("aria-live", "polite");
    svg.after(crumbs);

    // path lists a cell and its parents, the outermost first.
    function path(cell) {
      var out = [];
      for (var g = cell.g; g !== svg; g = g.parentNode) out.unshift(by.get(g));
      return out;
    }

    // label writes a name and a size into a cell, as far as they fit.
    function label(cell, x, y, w, h, unit) {
      var own = cell.g.dataset.name || nameOf(cell.g).split("/").pop();
      [own, cell.g.dataset.size || ""].some(function (line, i) {
        var size = (i ? 11 : 12) * unit, letters = Math.floor((w - 10 * unit) / (size * 0.58));
        if ((15 * i + 20) * unit > h || line.length > letters && (i || letters < 5)) return true;
        if (line.length > letters) line = line.slice(0, letters - 1) + "…";
        var t = document.createElementNS(svgName, "text");
        t.textContent = line;
        t.setAttribute("x", x + 5 * unit);
        t.setAttribute("y", y + (i + 1) * 15 * unit);
        t.style.fontSize = size + "px";
        cell.g.append(t);
        return false;
      });
    }

    function draw() {
      var sx = whole.w / shown.w, sy = whole.h / shown.h;
      svg.classList.toggle("zoomed", shown !== whole);
      var unit = whole.w / (svg.getBoundingClientRect().width || whole.w); // of a pixel
      var labelled = path(shown).length < 2 ? "owner" : "file";
      svg.querySelectorAll("text").forEach(function (t) { t.remove(); });
      cells.forEach(function (c) {
        var x = (c.x - shown.x) * sx, y = (c.y - shown.y) * sy, w = c.w * sx, h = c.h * sy;
        c.rect.setAttribute("x", x);
        c.rect.setAttribute("y", y);
        c.rect.setAttribute("width", w);
        c.rect.setAttribute("height", h);
        var outside = x > whole.w - 0.1 || y > whole.h - 0.1 || x + w < 0.1 || y + h < 0.1;
        c.g.style.display = outside ? "none" : "";
        if (!outside && c.g.classList.contains(labelled)) label(c, x, y, w, h, unit);
        if (c.g.parentNode === shown.g && c.g.querySelector("g")) {
          c.g.setAttribute("role", "button");
          c.g.setAttribute("tabindex", "0");
          c.g.setAttribute("aria-label", titleOf(c.g) + ". Zoom in");
        } else {
          ["role", "tabindex", "aria-label"].forEach(function (a) { c.g.removeAttribute(a); });
        }
      });
      crumbs.replaceChildren();
      if (shown === whole) {
        crumbs.append(make("span", "Choose an area to zoom in."));
        return;
      }
      [whole].concat(path(shown)).forEach(function (c, i) {
        if (i) crumbs.append(make("span", "›"));
        if (c === shown) {
          crumbs.append(make("span", titleOf(c.g)));
          return;
        }
        var b = make("button", c === whole ? "All" : nameOf(c.g));
        b.type = "button";
        b.addEventListener("click", function () { show(c); });
        crumbs.append(b);
      });
    }

    // show zooms to a cell. It moves the focus to the first cell that can be chosen
    // there or, when zooming out, to the previous one.
    function show(cell) {
      var from = shown.g;
      shown = cell;
      draw();
      var back = from !== svg && from.hasAttribute("tabindex") ? from : null;
      (back || svg.querySelector("[tabindex]") || svg).focus({ preventScroll: true });
    }

    svg.addEventListener("click", function (event) {
      var g = event.target.closest("g");
      while (g && g !== svg && g.parentNode !== shown.g) g = g.parentNode;
      if (g && g !== svg && g.hasAttribute("tabindex")) show(by.get(g));
      else if (shown !== whole) show(by.get(shown.g.parentNode) || whole);
    });
    svg.parentNode.addEventListener("keydown", function (event) {
      var g = event.target.closest("g[tabindex]");
      if (g && (event.key === "Enter" || event.key === " ")) show(by.get(g));
      else if (event.key === "Escape" && shown !== whole) show(by.get(shown.g.parentNode) || whole);
      else return;
      event.preventDefault();
    });
    window.addEventListener("resize", draw);
    draw();
  }

  // A table of data is filtered by a field above it and sorted by its heads.
  function data(table) {
    var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
    var tools = make("div", "", "tools"), label = make("label", "Filter "), input = make("input"), output = make("output");
    input.type = "search";
    input.setAttribute("aria-label", "Filter " + table.dataset.name);
    label.append(input);
    tools.append(label, output);
    table.parentNode.before(tools);
    var words = rows.map(function (row) { return row.textContent.toLowerCase(); });
    function filter() {
      var want = input.value.toLowerCase().split(/\s+/), left = 0;
      rows.forEach(function (row, i) {
        row.hidden = !want.every(function (w) { return words[i].indexOf(w) >= 0; });
        if (!row.hidden) left++;
      });
      output.textContent = left === rows.length ? rows.length + " " + table.dataset.name : left + " of " + rows.length;
    }
    input.addEventListener("input", filter);
    filter();

    var order = new Intl.Collator(undefined, { numeric: true });
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    heads.forEach(function (th, column) {
      var button = make("button", th.textContent);
      button.type = "button";
      th.replaceChildren(button);
      button.addEventListener("click", function () {
        var number = th.classList.contains("num");
        var was = th.getAttribute("aria-sort");
        var down = was ? was === "ascending" : number; // of numbers the largest first
        heads.forEach(function (h) { h.removeAttribute("aria-sort"); });
        th.setAttribute("aria-sort", down ? "descending" : "ascending");
        var sorted = rows.slice().sort(function (a, b) {
          var x = a.cells[column], y = b.cells[column];
          var d = number ? x.dataset.v - y.dataset.v : order.compare(x.textContent, y.textContent);
          return down ? -d : d;
        });
        sorted.forEach(function (row) { body.append(row); });
      });
    });
  }

  document.querySelectorAll("svg.map").forEach(treemap);
  document.querySelectorAll("table.data").forEach(data);
})();
