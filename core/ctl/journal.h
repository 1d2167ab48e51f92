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

/// Every page of journal.query, from the oldest entry on.
void each_page(Context& context, boost::json::object params,
               const std::function<void(const boost::json::object&)>& take);

} // namespace rekam::ctl
