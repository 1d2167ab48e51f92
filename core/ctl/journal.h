// SPDX-License-Identifier: Apache-2.0
// The station's journal, as commands read it.
#pragma once

#include "core/ctl/context.h"

#include <boost/json/object.hpp>

#include <functional>

namespace rekam::ctl {

/// A text or a number of an entry or answer; empty or 0 where it is not there.
std::string text_of(const boost::json::object& from, std::string_view name);
std::int64_t number_of(const boost::json::object& from, std::string_view name);

boost::json::object ask(Context& context, const std::string& op, const boost::json::object& params,
                        Milliseconds timeout = Milliseconds(10'000));

/// Every page of journal.query, from the oldest entry on.
void each_page(Context& context, boost::json::object params,
               const std::function<void(const boost::json::object&)>& take);

} // namespace rekam::ctl
