// Pure rules of a card form: brands, grouping, Luhn, and what is wrong with a value. No page, no network.
(function () {
  "use strict";

  const BRANDS = [
    { brand: "amex", starts: /^3[47]/, lengths: [15], groups: [4, 6, 5], cvc: 4 },
    { brand: "diners", starts: /^3(0[0-5]|[689])/, lengths: [14, 16], groups: [4, 6, 4], cvc: 3 },
    { brand: "jcb", starts: /^35/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
    { brand: "visa", starts: /^4/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
    { brand: "mastercard", starts: /^(5[1-5]|2[2-7])/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
    { brand: "discover", starts: /^6(011|4[4-9]|5)/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
    { brand: "unionpay", starts: /^(62|81)/, lengths: [16, 19], groups: [4, 4, 4, 4, 3], cvc: 3 },
  ];
  const UNKNOWN = { brand: "unknown", lengths: [16], groups: [4, 4, 4, 4], cvc: 3 };
  const POSTAL = {
    US: /^\d{5}(-\d{4})?$/,
    CA: /^[A-Z]\d[A-Z] ?\d[A-Z]\d$/i,
    GB: /^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$/i,
  };

  function digitsOf(text) {
    return text.replace(/\D/g, "");
  }

  function brandOf(number) {
    return BRANDS.find((one) => one.starts.test(digitsOf(number))) || UNKNOWN;
  }

  function groupedNumber(text) {
    const { groups, lengths } = brandOf(text);
    const digits = digitsOf(text).slice(0, Math.max(...lengths));
    const parts = [];
    let at = 0;
    for (const size of [...groups, digits.length]) {
      if (at < digits.length) parts.push(digits.slice(at, at + size));
      at += size;
    }
    return parts.join(" ");
  }

  // "1/34", "134", "01/2034" and "01 / 34" are all January 2034; there is no month 13, so "13" begins with January.
  function groupedExpiry(text) {
    const [first, second] = text.split("/");
    let digits = digitsOf(text);
    if (second !== undefined && digitsOf(first).length === 1) digits = `0${digits}`;
    if (/^[2-9]/.test(digits) || Number(digits.slice(0, 2)) > 12) digits = `0${digits}`;
    if (/^\d\d20\d\d$/.test(digits)) digits = digits.slice(0, 2) + digits.slice(4);
    digits = digits.slice(0, 4);
    return digits.length > 2 ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
  }

  function passesLuhn(digits) {
    let sum = 0;
    for (let i = 0; i < digits.length; i += 1) {
      const digit = Number(digits[digits.length - 1 - i]);
      const doubled = i % 2 ? digit * 2 : digit;
      sum += doubled > 9 ? doubled - 9 : doubled;
    }
    return sum % 10 === 0;
  }

  // Each answers "" or the code of what is wrong, in Stripe's words (incomplete_number, invalid_number, ...).
  function numberError(text) {
    const digits = digitsOf(text);
    const { lengths } = brandOf(digits);
    if (digits.length < Math.min(...lengths)) return "incomplete_number";
    if (!lengths.includes(digits.length)) return "incomplete_number";
    return passesLuhn(digits) ? "" : "invalid_number";
  }

  function expiryError(text, now) {
    const digits = digitsOf(text);
    if (digits.length < 4) return "incomplete_expiry";
    const month = Number(digits.slice(0, 2));
    const year = 2000 + Number(digits.slice(2));
    if (month < 1 || month > 12) return "invalid_expiry_month";
    if (year < now.getFullYear()) return "invalid_expiry_year_past";
    if (year > now.getFullYear() + 50) return "invalid_expiry_year";
    return year === now.getFullYear() && month < now.getMonth() + 1 ? "invalid_expiry_month_past" : "";
  }

  function cvcError(text, number) {
    return digitsOf(text).length < brandOf(number).cvc ? "incomplete_cvc" : "";
  }

  function asksPostal(country) {
    return Object.hasOwn(POSTAL, country);
  }

  function postalError(text, country) {
    if (!asksPostal(country) || POSTAL[country].test(text.trim())) return "";
    return country === "US" ? "incomplete_zip" : "incomplete_postal";
  }

  window.CardRules = {
    digitsOf, brandOf, groupedNumber, groupedExpiry, numberError, expiryError, cvcError, postalError, asksPostal,
  };
})();
