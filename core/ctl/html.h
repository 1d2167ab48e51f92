// SPDX-License-Identifier: Apache-2.0
// What reports for the printer have in common.
#pragma once

#include <string>
#include <string_view>

namespace rekam::ctl {

/// The style sheet of a page that prints on A4.
std::string_view page_style();
/// Text for HTML, whatever a vendor put into it.
std::string escaped(std::string_view text);

} // namespace rekam::ctl
