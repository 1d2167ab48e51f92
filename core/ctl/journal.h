// SPDX-License-Identifier: Apache-2.0
// The station's journal, as commands read it.
#pragma once

#include "core/ctl/context.h"
#include "core/journal/entry.h"

#include <functional>

namespace rekam::ctl {

using journal::number_of;
using journal::text_of;

boost::json::object ask(Context& context, const std::string& op, const boost::json::object& params,
                        Milliseconds timeout = Milliseconds(10'000));

/// Every page of journal.query, from the oldest entry on, as long as `take` says true.
void each_page(Context& context, boost::json::object params,
               const std::function<bool(const boost::json::object&)>& take);

/// The same for parameters that let every entry pass: none is left out. Where the station moves entries to a file after
/// `begin` or between two pages, all of it begins anew, with `begin`.
void whole_journal(Context& context, const boost::json::object& params, const std::function<void()>& begin,
                   const std::function<void(const boost::json::object&)>& take);

} // namespace rekam::ctl
