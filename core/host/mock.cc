// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/mock.h"

#include "core/host/plugin_error.h"
#include "core/wire/codec.h"

#include <rekam/ext/mock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace rekam::host {
namespace {

using model::Code;

constexpr std::size_t state_bytes_max = 48 * 1024;

wire::HostMockDone failed(wire::Failure failure) { return {std::move(failure), std::nullopt}; }

/// Texts and numbers of JSON are those of TOML too.
bool plain(const boost::json::value& value) { return !value.is_structured() && !value.is_null(); }

} // namespace

wire::Expected<std::string> fault_script(const std::vector<wire::RawJson>& faults) {
    std::string toml;
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const std::string path = "params.faults[" + std::to_string(i) + "]";
        const auto value = boost::json::parse(faults[i].text);
        if (!value.is_object())
            return model::make_error(Code::bad_request, path + " must be an object such as {\"fault\": \"jam\"}", path);
        toml += "[[fault]]\n";
        for (const auto& [key, one] : value.get_object()) {
            if (!plain(one))
                return model::make_error(Code::bad_request,
                                         path + ": each value must be a text, a number, true or false", path);
            toml += boost::json::serialize(boost::json::string(key)) + " = " + boost::json::serialize(one) + "\n";
        }
    }
    return toml;
}

wire::HostMockDone tell_mock(rekam_plugin_t* plugin, const wire::HostMock& order) {
    if (!plugin)
        return failed(failure_of(Code::not_ready, "the plugin is being loaded; try again in a moment"));
    const auto* mock = static_cast<const rekam_mock_t*>(plugin->extension(plugin, REKAM_EXT_MOCK));
    if (!mock)
        return failed(failure_of(Code::broken_promise, "the plugin asks for faults but has no rekam.mock/1"));
    rekam_error_t error = empty_error();
    if (order.set) {
        const auto script = fault_script(order.faults);
        if (!script)
            return failed(failure_of(script.error().code, script.error().message));
        if (const auto code = mock->set(plugin, order.device.c_str(), script->c_str(), &error); code != REKAM_OK)
            return failed(failure_of(code, error));
    }
    std::string text(state_bytes_max, '\0');
    std::size_t bytes = text.size();
    if (const auto code = mock->get(plugin, order.device.c_str(), text.data(), &bytes, &error); code != REKAM_OK)
        return failed(failure_of(code, error));
    text.resize(std::min(bytes, text.size()));
    auto state = wire::decode<wire::MockState>(text);
    if (!state)
        return failed(failure_of(Code::broken_promise, "the mock's answer cannot be read: " + state.error().message));
    return {std::nullopt, std::move(*state)};
}

} // namespace rekam::host
