// On a touch screen the first tap on a mark tells what it means, the second one follows it. Without this script a tap
// follows at once, and the meanings stand beside the article.
"use strict";
if (matchMedia("(hover: none)").matches) {
  let told = null;
  document.addEventListener("click", (event) => {
    const mark = event.target.closest(".body .mark[data-means]");
    if (mark && mark !== told) event.preventDefault();
    told = mark;
  });
}
