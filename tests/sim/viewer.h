// SPDX-License-Identifier: Apache-2.0
// A program that shows a ticket at the gate's data socket: it reads a frame or watches a preview, as long as it likes,
// with the manners that the dice give it.
#pragma once

#include "tests/sim/truth.h"

namespace rekam::sim {

class Viewer {
  public:
    struct Port { ///< its connection
        virtual void say(gate::DataKey viewer, std::string text) = 0;
        virtual void hang_up(gate::DataKey viewer) = 0;

      protected:
        ~Port() = default;
    };

    /// `request`: of the client that the ticket was given to.
    Viewer(World& world, Truth& truth, Port& port, gate::DataKey key, Request request, std::string ticket)
        : world_(world), truth_(truth), port_(port), key_(key), request_(std::move(request)),
          ticket_(std::move(ticket)) {}

    void connected();
    void hears(const std::string& text, const std::vector<File>& files);

    bool foreign = false;                   ///< it runs as somebody else, and has seen the ticket somewhere
    Owner gate = 0;                         ///< that it is connected to
    std::int64_t heard_us = 0, said_us = 0; ///< FIFO in both directions

  private:
    struct Held {
        std::string at;
        std::shared_ptr<const Content> content;
        std::int64_t number = 0; ///< of the picture, as it was when it came
    };
    void look(const boost::json::object& picture, const boost::json::object& at);
    void go_on();
    template <class Run> void later(Run run) {
        world_.after(
            world_.random.between(100, 400'000), [alive = std::weak_ptr<int>(alive_)] { return !alive.expired(); },
            std::move(run));
    }

    World& world_;
    Truth& truth_;
    Port& port_;
    gate::DataKey key_;
    Request request_;
    std::string ticket_;
    std::map<std::int64_t, std::vector<File>> pools_;
    std::optional<Held> held_;
    std::int64_t seq_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

} // namespace rekam::sim
