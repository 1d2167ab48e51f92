// SPDX-License-Identifier: Apache-2.0
#include "core/broker/crashes.h"

#include "core/broker/children.h"

namespace rekam::broker {
namespace {

constexpr std::size_t lines_max = 3;
constexpr std::size_t line_bytes_max = 200; // a record of a device must stay small

/// The last lines; the shell has made them printable.
std::vector<std::string> last_lines(std::string_view output) {
    std::vector<std::string> lines;
    while (!output.empty() && lines.size() < lines_max) {
        const auto end = output.find_last_not_of('\n');
        if (end == std::string_view::npos)
            break;
        output = output.substr(0, end + 1);
        const auto before = output.rfind('\n');
        const auto start = before == std::string_view::npos ? 0 : before + 1;
        lines.insert(lines.begin(), shortened(std::string(output.substr(start)), line_bytes_max));
        output = output.substr(0, start);
    }
    return lines;
}

} // namespace

model::Crash crash_of(const State& s, const Child& child, const ChildExited& event, bool by_itself) {
    model::Crash crash;
    if (const auto plugin = s.plugins.find(child.owner); plugin != s.plugins.end()) {
        crash.plugin = plugin->second.id();
        if (plugin->second.manifest)
            crash.version = plugin->second.manifest->version;
    }
    crash.call = child.kind == ChildKind::enumerator ? model::PluginCall::list : model::PluginCall::idle;
    if (by_itself && event.signal != 0)
        crash.signal = event.signal;
    else if (by_itself)
        crash.exit_code = event.exit_code;
    crash.output = last_lines(event.last_output);
    return crash;
}

model::PluginCall call_of(const Device& device) {
    using enum model::PluginCall;
    if (device.leaving)
        return close;
    if (device.state == model::DeviceState::starting)
        return open;
    if (device.running != 0 || device.preview != 0)
        return run;
    return device.check || device.identify ? check : idle; // both are short calls between two jobs
}

} // namespace rekam::broker
