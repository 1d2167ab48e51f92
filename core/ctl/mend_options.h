// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ctl/mend.h"

#include <functional>

namespace CLI {
class App;
}

namespace rekam::ctl {

/// The command lines of what a technician does.
void add_mending(CLI::App& app, MendArguments& arguments, std::function<Exit(Context&)>& chosen);

} // namespace rekam::ctl
