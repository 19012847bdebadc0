// Package locale formats numbers and dates, compares strings and counts plurals as ECMA-402 (Intl) asks,
// for the languages in data/. It knows no JavaScript.
//
// Tags, plural rules, letters and the order of strings are golang.org/x/text's. That has no patterns of
// dates, compact numbers or units, and for currencies those of CLDR 32, so patterns and names are in
// data/, as Node 24 prints them; see generate.mjs. What is not there is an [*Error] that names it.
package locale
