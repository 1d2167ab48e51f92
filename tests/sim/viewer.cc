// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/viewer.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace rekam::sim {

namespace json = boost::json;

void Viewer::connected() {
    if (world_.random.chance(50))
        return; // it never says a word: its time runs out
    later([this] { port_.say(key_, R"({"ticket":")" + ticket_ + "\"}"); });
    if (world_.random.chance(50)) // again, when it may be used or too old
        later([this] { port_.say(key_, R"({"ticket":")" + ticket_ + "\"}"); });
}

void Viewer::hears(const std::string& text, const std::vector<File>& files) {
    const auto said = json::parse(text).as_object();
    if (said.contains("ok") && !said.at("ok").as_bool()) {
        require(files.empty(), "errors_carry_no_parts", text);
        return;
    }
    require(!foreign || !said.contains("ok"), "nothing_to_another_user", text);
    if (said.contains("frame")) {
        truth_.ticket_read(request_, said, files);
        return later([this] { port_.hang_up(key_); });
    }
    if (said.contains("preview")) {
        require(request_.op == "preview.start" && files.empty(), "answers_find_their_own_request", text);
        return go_on();
    }
    if (said.contains("buffers")) {
        const auto& pool = said.at("buffers").as_object();
        require(static_cast<std::size_t>(pool.at("count").as_int64()) == files.size(), "answers_find_their_own_request",
                text);
        pools_[pool.at("pool").as_int64()] = files;
    } else if (said.contains("picture")) {
        look(said.at("picture").as_object(), said.at("at").as_object());
    } else {
        require(said.contains("end"), "answers_find_their_own_request", text);
        later([this] { port_.hang_up(key_); });
    }
}

void Viewer::look(const json::object& picture, const json::object& at) {
    require(!held_, "one_picture_at_a_time", request_.id);
    const auto pool = pools_.find(at.at("pool").as_int64());
    require(pool != pools_.end(), "pictures_lie_in_buffers_that_are_known", json::serialize(at));
    const File& file = pool->second.at(static_cast<std::size_t>(at.at("buffer").as_int64()));
    const auto seq = picture.at("seq").as_int64();
    require(seq > seq_, "pictures_come_in_their_order", request_.id);
    seq_ = seq;
    truth_.watched(request_, picture, *file.content);
    held_ = Held{json::serialize(at), file.content, file.content->number};
    go_on();
}

/// Gives back what it has and asks for the next one; or does not, or something else.
void Viewer::go_on() {
    if (held_ && world_.random.chance(60))
        return; // for ever
    later([this] {
        auto& random = world_.random;
        std::string back;
        if (held_) {
            require(!held_->content->honest || held_->content->number == held_->number,
                    "no_buffer_is_written_while_somebody_has_it", request_.id + " looks at " + held_->at);
            back = held_->at;
        }
        if (random.chance(40))
            return port_.hang_up(key_);
        if (random.chance(20)) // no such picture, no such word
            return port_.say(key_, random.chance(500)
                                       ? R"({"back":{"pool":1,"buffer":0,"generation":1000000},"next":true})"
                                       : R"({"stop":1})");
        held_.reset();
        port_.say(key_, back.empty() ? R"({"next":true})" : R"({"back":)" + back + R"(,"next":true})");
        if (random.chance(20))
            port_.say(key_, R"({"next":true})");
    });
}

} // namespace rekam::sim
