// SPDX-License-Identifier: Apache-2.0 OR MIT
// The record of a picture as applications read it.
#pragma once

#include <boost/json/object.hpp>

#include <rekam/client_preview.h>

namespace rekam {

PreviewFrame preview_frame(const boost::json::object& record); // without its bytes

} // namespace rekam
