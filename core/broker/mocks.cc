// SPDX-License-Identifier: Apache-2.0
#include "core/broker/mocks.h"

#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/plugins.h"
#include "core/broker/refusals.h"
#include "core/wire/codec.h"
#include "core/wire/mock_params.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;

constexpr std::size_t calls_max = 64;

/// The plugin that has, or had, the device: an unplugged one may be in no table any more.
Plugin* plugin_of(State& s, std::string_view device) {
    const std::string_view id = device.substr(0, device.find('/'));
    const auto found = std::ranges::find_if(
        s.plugins, [&](const auto& entry) { return entry.second.manifest && entry.second.id() == id; });
    return found == s.plugins.end() ? nullptr : &found->second;
}

bool says_true(const std::map<std::string, wire::RawJson>& facts, const char* key) {
    const auto found = facts.find(key);
    return found != facts.end() && found->second.text == "true";
}

/// The process in which it is open, or being opened.
const Child* host_of(const State& s, const std::string& id) {
    const auto no = s.device_ids.find(id);
    if (no == s.device_ids.end())
        return nullptr;
    const Device& device = s.devices.at(no->second);
    const auto host = s.children.find(device.host);
    const bool listens = host != s.children.end() && host->second.state == model::ChildState::up && !host->second.done;
    return listens && !device.leaving ? &host->second : nullptr;
}

void mock_call(Step& step, const Asked& asked, const std::string& id, wire::HostMock order) {
    State& s = step.s;
    const auto refuse = [&](Code code, std::string why) {
        step.reply(asked.reply_to, make_error(code, std::move(why)));
    };
    Plugin* plugin = plugin_of(s, id);
    if (!plugin || id.find('/') == std::string::npos)
        return step.reply(asked.reply_to, unknown_device(id));
    if (!says_true(plugin->manifest->requested, "mock"))
        return refuse(Code::denied, "the device is real: only devices of a mock plugin are told how to fail");
    if (!says_true(plugin->config.granted, "mock"))
        return refuse(Code::denied, "this station does not let its mocks be told how to fail; write mock = true below "
                                    "[grant] of the plugin in plugins.d");
    if (s.mocks.size() >= calls_max)
        return refuse(Code::busy, "too many mocks are being told; try again when they have answered");
    const std::uint64_t number = ++s.last_mock;
    order.call = static_cast<std::int64_t>(number);
    order.device = id.substr(id.find('/') + 1);
    MockCall call{asked.reply_to, id, plugin->no, 0, std::move(order)};
    if (const Child* host = host_of(s, id)) {
        call.child = host->id;
        auto prefix = prefix_to(s.devices.at(s.device_ids.at(id)));
        prefix.job = number;
        step.send(host->id, wire::Type::host_mock, wire::encode(call.order), prefix);
        s.mocks.emplace(number, std::move(call));
        return;
    }
    if (plugin->state == model::PluginState::quarantined || s.stopping != Stopping::no)
        return refuse(Code::plugin_quarantined, "no process of the plugin can be told: it is left alone");
    s.mocks.emplace(number, std::move(call));
    enumerate_again(step, plugin->no);
}

} // namespace

void mock_set(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::MockSetParams>(asked.request.params);
    mock_call(step, asked, params.device, {0, {}, true, params.faults.items});
}

void mock_clear(Step& step, const Asked& asked) {
    mock_call(step, asked, std::get<wire::MockClearParams>(asked.request.params).device, {0, {}, true, {}});
}

void mock_get(Step& step, const Asked& asked) {
    mock_call(step, asked, std::get<wire::MockGetParams>(asked.request.params).device, {0, {}, false, {}});
}

std::vector<wire::HostMock> take_mock_calls(Step& step, const Child& lister) {
    std::vector<wire::HostMock> taken;
    for (auto& [number, call] : step.s.mocks)
        if (call.plugin == lister.owner && call.child == 0) {
            call.child = lister.id;
            taken.push_back(call.order);
        }
    return taken;
}

std::optional<model::Error> mock_done(Step& step, const Child& child, const wire::Message& message) {
    const auto body = wire::decode<wire::HostMockDone>(message.json);
    if (!body || body->failure.has_value() == body->state.has_value())
        return make_error(Code::protocol_error, "the host sent a mock's answer that cannot be read");
    const auto found = step.s.mocks.find(message.prefix.job);
    if (found == step.s.mocks.end() || found->second.child != child.id)
        return std::nullopt;
    const MockCall call = std::move(found->second);
    step.s.mocks.erase(found);
    if (body->failure) {
        auto error = with_remedy(error_from(*body->failure));
        error.device = call.device;
        step.reply(call.reply_to, error);
    } else {
        step.reply(call.reply_to, wire::encode(wire::MockResult{call.device, body->state->plugged, body->state->faults,
                                                                body->state->known}));
    }
    return std::nullopt;
}

void mocks_died(Step& step, const Child& child) {
    std::erase_if(step.s.mocks, [&](const auto& entry) {
        const MockCall& call = entry.second;
        const bool waited =
            call.child == 0 && call.plugin == child.owner && child.kind == ChildKind::enumerator && !child.done;
        if (call.child != child.id && !waited)
            return false;
        auto error = make_error(Code::device_down, "the device's process ended before it answered; ask again");
        error.device = call.device;
        step.reply(call.reply_to, error);
        return true;
    });
}

} // namespace rekam::broker
