// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/html.h"

namespace rekam::ctl {
namespace {

constexpr std::string_view style = R"(
@page { size: A4; margin: 12mm }
* { box-sizing: border-box }
body { font: 9.5pt/1.35 "Noto Sans", "DejaVu Sans", Arial, sans-serif; color: #111; max-width: 186mm; margin: 6mm auto }
h1 { font-size: 15pt; margin: 0 }
.place { color: #555; margin: 0 0 3mm }
.verdict { font-size: 13pt; font-weight: bold; padding: 2mm 3mm; border-left: 3mm solid; margin: 0 0 4mm;
  print-color-adjust: exact; -webkit-print-color-adjust: exact }
table { border-collapse: collapse; width: 100%; margin-bottom: 4mm }
th { text-align: left; font-size: 8.5pt; color: #555; border-bottom: 0.4mm solid #111; padding: 0.6mm 1.5mm }
td { vertical-align: top; padding: 0.8mm 1.5mm; border-bottom: 0.2mm solid #ccc }
tr { break-inside: avoid }
thead { display: table-header-group }
.name { font-weight: bold; white-space: nowrap }
.device, .evidence, .left { color: #444; font-size: 8.5pt }
.check { margin: 0 }
.advice { margin: 0 0 1mm 3.5mm; font-weight: bold; font-size: 8.5pt }
.advice i { font-weight: normal }
.state { white-space: nowrap; font-weight: bold }
.ready { color: #14622d } .warnings { color: #8a5300 } .not-ready { color: #a01212 }
.verdict.ready { background: #e7f4ea } .verdict.warnings { background: #fdf1dd } .verdict.not-ready { background: #fae3e3 }
.sign { display: flex; gap: 10mm; margin-top: 8mm; break-inside: avoid }
.sign div { flex: 1; border-top: 0.2mm solid #111; padding-top: 1mm; color: #555; font-size: 8.5pt }
)";

} // namespace

std::string_view page_style() { return style; }

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out;
}

} // namespace rekam::ctl
