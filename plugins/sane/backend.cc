// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/backend.h"

namespace rekam::sane {

SANE_Handle Backend::open(const std::string& sane_name) {
    SANE_Handle handle = nullptr;
    const SANE_Status status = sane_open(sane_name.c_str(), &handle);
    if (status != SANE_STATUS_GOOD)
        throw status_error(status, Phase::open, "sane_open");
    return handle;
}

Backend::Backend(const std::string& sane_name) : handle_(open(sane_name)), guard_(sane_name) {}

Backend::~Backend() { sane_close(handle_); }

void Backend::check_connection() const {
    if (guard_.lost())
        throw plugin::Error(REKAM_E_DEVICE_GONE, "the scanner's server has closed the connection; is that machine on?")
            .hint("check-cable");
}

const Options& Backend::options() {
    if (!stale_)
        return options_;
    check_connection();
    options_.clear();
    // Option 0 says how many there are; some back ends end the list early with a null.
    // The net client fetches the descriptors when the first one is asked for, and knows no values before.
    SANE_Int count = 0;
    sane_get_option_descriptor(handle_, 0);
    const SANE_Status status = sane_control_option(handle_, 0, SANE_ACTION_GET_VALUE, &count, nullptr);
    if (status != SANE_STATUS_GOOD)
        throw status_error(status, Phase::read, "number of options");
    for (SANE_Int i = 1; i < count; ++i)
        if (const SANE_Option_Descriptor* descriptor = sane_get_option_descriptor(handle_, i))
            options_.push_back(describe(*descriptor, i));
    stale_ = false;
    return options_;
}

std::optional<Value> Backend::read(const Option& option) {
    if (!option.active || !option.readable || option.type == Type::other)
        return std::nullopt;
    check_connection();
    std::vector<unsigned char> raw(option.bytes + 1); // a text without its zero would be read past its end
    if (sane_control_option(handle_, option.index, SANE_ACTION_GET_VALUE, raw.data(), nullptr) != SANE_STATUS_GOOD)
        return std::nullopt;
    return decode(option, raw);
}

Value Backend::write(const std::string& name, const Value& value, const std::string& key) {
    const Option* found = find_usable(options(), name);
    if (!found)
        throw plugin::unsupported(key);
    const Option option = *found;
    auto raw = encode(option, value);
    if (!raw || !permits(option, value))
        throw plugin::out_of_range(key, allowed_text(option));
    check_connection();
    SANE_Int info = 0;
    const SANE_Status status = sane_control_option(handle_, option.index, SANE_ACTION_SET_VALUE, raw->data(), &info);
    if ((info & SANE_INFO_RELOAD_OPTIONS) != 0)
        stale_ = true;
    if (status == SANE_STATUS_INVAL || status == SANE_STATUS_UNSUPPORTED)
        throw status_error(status, Phase::option, name).parameter(key);
    if (status != SANE_STATUS_GOOD)
        throw status_error(status, Phase::start, name);
    // The standard wants the descriptors fetched again before any value is read: reading fails else.
    const Option* now = find(options(), name);
    const auto actual = now ? read(*now) : std::nullopt;
    if (!actual)
        throw plugin::Error(REKAM_E_PROTOCOL_ERROR, "the scanner does not say what it made of " + name);
    return *actual;
}

std::vector<Setting> Backend::values() {
    std::vector<Setting> all;
    for (const Option& option : options())
        if (option.usable() && option.type != Type::other && !option.name.empty())
            if (auto value = read(option))
                all.push_back({option.name, std::move(*value)});
    return all;
}

} // namespace rekam::sane
