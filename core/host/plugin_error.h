// SPDX-License-Identifier: Apache-2.0 OR MIT
// Error codes between the ABI's numbers and the station's words.
#pragma once

#include "core/wire/host_messages.h"

#include <rekam/records.h>

namespace rekam::host {

/// A fresh error record for one call.
rekam_error_t empty_error();

/// The code of an ABI number; empty for one that is not in the list.
std::optional<model::Code> code_of(std::uint32_t number);
std::uint32_t number_of(model::Code code);

/// What a plugin reported with a code other than REKAM_OK, its texts cleaned. A code that only the station may use
/// becomes broken-promise, a number that is none device-error with that number as the vendor's.
wire::Failure failure_of(std::uint32_t returned, const rekam_error_t& error);

/// A failure that the host itself found.
wire::Failure failure_of(model::Code code, std::string message);

} // namespace rekam::host
