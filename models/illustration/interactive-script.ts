/**
 * The script of the interactive page, as text: it runs in a browser under a policy that allows nothing but itself. Its data come from a JSON element, its hash
 * stands in the policy, and a test holds the two together. It reaches no network and stores nothing.
 */
export const interactiveScript = `"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const $ = (id) => document.getElementById(id);
  const years = $("years"), amount = $("amount"), formula = $("formula");
  const locale = data.language === "ru" ? "ru-RU" : "en-GB";
  const number = (value, digits) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  const money = (value) => {
    const text = number(Math.abs(value), Math.abs(value) >= 100 ? 0 : 2);
    const sign = value < 0 ? "\\u2212" : "";
    if (data.sign === "") return sign + text;
    return data.signFirst ? sign + data.sign + text : sign + text + "\\u00a0" + data.sign;
  };
  const term = (value) => {
    if (data.language === "en") return number(value, 1) + (value === 1 ? " year" : " years");
    const tens = value % 100, units = value % 10;
    const form = !Number.isInteger(value) ? "\\u0433\\u043e\\u0434\\u0430" : tens > 10 && tens < 20 ? "\\u043b\\u0435\\u0442" : units === 1 ? "\\u0433\\u043e\\u0434" : units > 1 && units < 5 ? "\\u0433\\u043e\\u0434\\u0430" : "\\u043b\\u0435\\u0442";
    return number(value, 1) + "\\u00a0" + form;
  };
  const gain = (percent) => amount.valueAsNumber * (Math.pow(1 + percent / 100, years.valueAsNumber) - 1);
  let chosen = -1;
  const explain = () => {
    if (chosen < 0) { formula.textContent = words.tap; return; }
    const product = data.products[chosen];
    const sum = money(amount.valueAsNumber);
    const line = (percent) => sum + " \\u00d7 (1 " + (percent < 0 ? "\\u2212 " : "+ ") + number(Math.abs(percent), 4) + "\\u00a0%)^" + number(years.valueAsNumber, 1) + " \\u2212 " + sum + " = " + money(gain(percent));
    formula.textContent = product.name + ": " + line(product.from) + (product.to === null ? "" : "; " + words.upper + ": " + line(product.to));
  };
  const draw = () => {
    $("yearsShown").textContent = term(years.valueAsNumber);
    $("amountShown").textContent = money(amount.valueAsNumber);
    years.setAttribute("aria-valuetext", term(years.valueAsNumber));
    amount.setAttribute("aria-valuetext", money(amount.valueAsNumber));
    data.products.forEach((product, index) => {
      const from = gain(product.from), height = from * data.pixelsPerUnit;
      const body = $("object" + index);
      let best = 0;
      product.drawn.forEach((drawn, at) => { if (Math.abs(Math.log(Math.abs(height) / drawn)) < Math.abs(Math.log(Math.abs(height) / product.drawn[best]))) best = at; });
      Array.from(body.children).forEach((child, at) => child.setAttribute("visibility", at === best ? "visible" : "hidden"));
      body.setAttribute("transform", "translate(" + product.center + " " + data.baseline + ") scale(1 " + (Math.abs(height) < 0.5 ? 0 : height / product.drawn[best]) + ")");
      const text = money(from), to = product.to === null ? null : gain(product.to);
      const shown = to === null ? (from > 0 ? "+" : "") + text : text + " \\u2026 " + money(to);
      $("gain" + index).textContent = shown;
      $("cell" + index).textContent = shown;
      if (to !== null) {
        const hatch = $("hatch" + index), low = Math.max(0, height), high = Math.max(0, to * data.pixelsPerUnit);
        hatch.setAttribute("y", String(data.baseline - high));
        hatch.setAttribute("height", String(Math.max(0, high - low)));
      }
      $("tap" + index).setAttribute("aria-label", product.name + ", " + product.yield + ", " + shown);
    });
    for (const tick of document.querySelectorAll("[data-money]")) tick.textContent = money(Number(tick.getAttribute("data-money")));
    explain();
  };
  const choose = (index) => { chosen = chosen === index ? -1 : index; data.products.forEach((_, at) => $("tap" + at).setAttribute("aria-pressed", String(at === chosen))); explain(); };
  data.products.forEach((_, index) => {
    const tap = $("tap" + index);
    tap.addEventListener("click", () => choose(index));
    tap.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(index); }
      if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
        const next = (index + (event.key === "ArrowRight" ? 1 : data.products.length - 1)) % data.products.length;
        event.preventDefault(); $("tap" + next).focus();
      }
    });
  });
  years.addEventListener("input", draw);
  amount.addEventListener("input", draw);
  draw();
})();
`

/** Base64 of the SHA-256 of the script's UTF-8 bytes, for the page's policy. */
export const interactiveScriptSha256 = "dI4CI0RrMAPqlN0Kkq1Gp8c1rN+lA53XX8/lcBIxhds="
