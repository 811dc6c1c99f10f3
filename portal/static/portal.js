/* What every page needs of a script: the CSRF header, a word when the network fails, focus on errors, no double press. */
(() => {
  "use strict";

  const say = (text) => {
    const region = document.getElementById("messages");
    if (!region) return;
    const box = document.createElement("p");
    box.className = "message bad";
    box.textContent = text;
    region.replaceChildren(box);
    box.scrollIntoView({ block: "nearest" });
  };

  const words = {
    400: "Your page had been open too long. Reload it and try again; nothing was changed.",
    403: "You may not do this.",
    404: "This is no longer here. Reload the page to see how things stand.",
    409: "Something changed meanwhile. Reload the page to see how things stand.",
    413: "This is too large to be sent.",
    429: "That was too often in a short time. Wait a minute and try again.",
  };
  const sorry = "Something went wrong on our side. Nothing you typed is lost: please try again in a moment.";

  document.addEventListener("htmx:config:request", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token.content;
  });

  document.addEventListener("htmx:response:error", (event) => {
    const response = event.detail.ctx.response;
    if (response.status === 422 || response.headers.has("HX-Redirect")) return;
    say(words[response.status] || sorry);
  });

  document.addEventListener("htmx:error", () => say("We cannot be reached. Check your connection and try again."));

  const focusErrors = () => document.querySelector("[data-takes-focus]")?.focus();
  document.addEventListener("htmx:after:swap", focusErrors);
  document.addEventListener("DOMContentLoaded", focusErrors);

  // A link in the error summary leads into its field; the browser's own jump would only scroll there.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('[role="alert"] a[href^="#"]');
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.scrollIntoView({ block: "center" });
  });

  // Buttons are switched off after the browser has read the form: a switched-off button would not be sent with it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.matches("[hx-post], [hx-get]")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => {
      for (const button of form.querySelectorAll("button, [type=submit]")) button.disabled = true;
      event.submitter?.setAttribute("aria-busy", "true");
    });
  });

  // Back from the next page, the browser may show this one as it was left.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button, [type=submit]")) {
        button.disabled = false;
        button.removeAttribute("aria-busy");
      }
    }
  });
})();
