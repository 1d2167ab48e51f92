// SPDX-License-Identifier: Apache-2.0
// Refusals that several operations share: each names what it is about and says what to do.
#pragma once

#include "core/model/error.h"

namespace rekam::broker {

/// `path` is the field that names it: params.slots[2].
model::Error unknown_slot(const std::string& name, std::string path = "params.slot");
/// No device stands behind it; `why` as the slot says it.
model::Error slot_unbound(const std::string& name, const std::string& why);
model::Error unknown_device(const std::string& id);
model::Error unknown_plugin(const std::string& id);
/// Also somebody else's: whether it exists is nobody's business.
model::Error unknown_case(const std::string& id);
model::Error case_closed(const std::string& id);
/// No lease of this session, or one that ended; `path` is the field that names it.
model::Error no_such_lease(const std::string& id, std::string path);
model::Error not_connected();
model::Error unknown_job(const std::string& id, std::string path = "params.job");
/// The store could not write what must be on disk first.
model::Error not_recorded(bool disk_full);

} // namespace rekam::broker
