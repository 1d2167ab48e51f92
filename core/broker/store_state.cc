// SPDX-License-Identifier: Apache-2.0
#include "core/broker/store_state.h"

#include "core/broker/drain.h"
#include "core/broker/views.h"

namespace rekam::broker {
namespace {

constexpr std::int64_t ask_again_ms = 1'000;

/// False: it was so before.
bool change(Step& step, const char* state, std::optional<std::string> reason) {
    if (step.s.store.state == state)
        return false;
    step.s.store = {state, std::move(reason)};
    step.log(std::string_view(state) == "ok" ? Level::info : Level::error, "store",
             step.s.store.reason.value_or("records are written again"));
    touch_station(step);
    return true;
}

} // namespace

void store_writes(Step& step, bool on_reserve) {
    const bool was_on_reserve = is_on_reserve(step.s.store);
    if (!on_reserve) {
        change(step, "ok", std::nullopt);
        if (was_on_reserve)
            step.journal("store.reserve", {{"on", false}});
        return;
    }
    // Nothing may have to be written for hours, and that there is room again is said of what is written.
    step.s.timers.arm({Timer::Kind::store_retry, 0}, step.in_ms(ask_again_ms));
    if (!change(step, "reserve", "the disk is full, and what was kept back for that is in use: free space on it"))
        return;
    step.journal("store.reserve", {{"on", true}});
    end_waiting_cards(step, *no_room(step.s));
}

void store_refuses(Step& step, const AppendFailed& failed) {
    change(step, failed.disk_full ? "full" : "failed", failed.reason);
}

bool writes(const wire::StoreState& store) { return store.state == "ok" || is_on_reserve(store); }

bool is_on_reserve(const wire::StoreState& store) { return store.state == "reserve"; }

std::optional<model::Error> no_room(const State& s) {
    if (!is_on_reserve(s.store))
        return std::nullopt;
    return model::make_error(model::Code::disk_full,
                             "the station's disk is full, and no card is begun whose end might find no room in the "
                             "record: free space on it; captures go on");
}

} // namespace rekam::broker
