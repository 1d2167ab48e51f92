// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ctl/commands.h"

#include <functional>

namespace CLI {
class App;
}

namespace rekam::ctl {

/// The command line of `rekamctl journal`.
void add_journal(CLI::App& app, JournalArguments& arguments, std::function<Exit(Context&)>& chosen);

} // namespace rekam::ctl
