// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rekam::ctl {

/// Lines of at most so many columns, cut between words where there are any.
std::vector<std::string> wrapped(std::string_view text, std::size_t limit);

} // namespace rekam::ctl
