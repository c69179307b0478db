// The style sheet of the page, which stands in the page itself: it loads nothing.
#pragma once

#include <string_view>

namespace aluvia::admin {

// On a narrow screen each row of a table becomes a block, and the cells name their columns.
inline constexpr std::string_view page_style = R"(
:root{color-scheme:light dark;--text:#1f2933;--dim:#52606d;--back:#f6f8fa;--card:#fff;--edge:#d0d7de;--link:#0b5cad;
--good:#1a7f37;--bad:#b42318;--gate:#1a7f37}
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--dim:#9aa7b4;--back:#0d1117;--card:#161b22;--edge:#30363d;
--link:#6cb6ff;--good:#56d364;--bad:#ff8b80;--gate:#56d364}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:60em;margin:0 auto;padding:0 1rem}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem .75rem;padding-top:1.5rem}
h1{font-size:1.5rem;margin:0}
h2{font-size:1.1rem;margin:0 0 .75rem}
header p,h2+p{margin:0}
.line{flex-basis:100%}
.dim,dt,thead th,small,td::before{color:var(--dim)}
.state{padding:.1rem .7rem;border:1px solid;border-radius:1rem;font-weight:600}
.good{color:var(--good)}
.bad{color:var(--bad)}
.gateway{color:var(--gate);font-weight:600}
header .line{margin-top:.25rem}
section{background:var(--card);border:1px solid var(--edge);border-radius:.6rem;padding:1rem;margin:1rem 0}
code{font:.9em ui-monospace,monospace;background:var(--back);border:1px solid var(--edge);border-radius:.3rem;
padding:.1em .35em}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(14rem,1fr));gap:.75rem 1.25rem;margin:0}
dt{font-size:.85rem}
dd{margin:0}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-top:1px solid var(--edge);vertical-align:top}
th:last-child,td:last-child{padding-right:0}
thead th{border:0;font-size:.85rem;font-weight:400}
.number{text-align:right;white-space:nowrap}
ul{list-style:none;display:flex;flex-wrap:wrap;gap:.4rem 1rem;margin:0;padding:0}
section p{margin:.75rem 0 0}
a{color:var(--link)}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
nav a{padding:.4rem 0}
footer{padding-bottom:2rem;color:var(--dim)}
footer code{white-space:nowrap}
@media(max-width:40em){dl{grid-template-columns:1fr 1fr}thead{display:none}tr{display:block;border-top:1px solid var(--edge);padding:.5rem 0}
tbody tr:first-child{border:0;padding-top:0}
th,td{display:flex;justify-content:space-between;gap:1rem;border:0;padding:.1rem 0}
.number{text-align:right}
td::before{content:attr(data-label);font-weight:400}}
)";

}  // namespace aluvia::admin
