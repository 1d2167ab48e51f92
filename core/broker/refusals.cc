// SPDX-License-Identifier: Apache-2.0
#include "core/broker/refusals.h"

namespace rekam::broker {

using model::Code;
using model::make_error;

model::Error unknown_slot(const std::string& name, std::string path) {
    return make_error(Code::unknown_slot, "no slot is named " + name + "; see slot.list", std::move(path));
}

model::Error slot_unbound(const std::string& name, const std::string& why) {
    auto error = make_error(Code::slot_unbound, why);
    error.slot = name;
    return error;
}

model::Error unknown_device(const std::string& id) {
    return make_error(Code::unknown_device, "no device has the id " + id + "; see device.list", "params.device");
}

model::Error unknown_plugin(const std::string& id) {
    return make_error(Code::unknown_plugin, "no plugin has the id " + id + "; see plugin.list", "params.plugin");
}

model::Error unknown_case(const std::string& id) {
    return make_error(Code::unknown_case, "no case of yours has the id " + id + "; see case.list, or open one",
                      "params.case");
}

model::Error case_closed(const std::string& id) {
    return make_error(Code::case_closed, "case " + id + " is closed; open a new one");
}

model::Error no_such_lease(const std::string& id, std::string path) {
    return make_error(Code::no_lease, "this session holds no lease " + id + "; it may have ended: acquire it again",
                      std::move(path));
}

model::Error not_connected() { return with_remedy(make_error(Code::device_gone, "the device is not connected")); }

model::Error unknown_job(const std::string& id, std::string path) {
    return make_error(Code::unknown_job, "no job of yours has the id " + id + "; see job.list", std::move(path));
}

model::Error not_recorded(bool disk_full) {
    return disk_full ? make_error(Code::disk_full, "the station's disk is full, and nothing is done here that is not "
                                                   "recorded first: free space on it")
                     : make_error(Code::journal_failed, "the record could not be written, and nothing is done here "
                                                        "that is not recorded first: check the station's disk");
}

} // namespace rekam::broker
