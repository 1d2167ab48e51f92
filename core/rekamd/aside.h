// SPDX-License-Identifier: Apache-2.0
// Work that may hang in the kernel, each piece on a thread of its own: the loop goes on, and a thread that never comes
// back is left where it is.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace rekam::rekamd {

template <class Wanted, class Result> class Aside {
  public:
    using Done = std::function<void(Result)>;         ///< called on the loop
    using Act = std::function<Result(const Wanted&)>; ///< called on the thread
    /// The result of what is not begun.
    using Refuse = std::function<Result(const Wanted&, std::string why)>;

    /// At most so many at a time, those that hang included; more are refused.
    static constexpr int threads_max = 4;

    Aside(boost::asio::io_context& loop, Done done, Act act, Refuse refuse) : shared_(std::make_shared<Shared>()) {
        shared_->loop = &loop;
        shared_->done = std::move(done);
        shared_->act = std::move(act);
        shared_->refuse = std::move(refuse);
    }
    ~Aside() {
        const std::lock_guard lock(shared_->mutex);
        shared_->loop = nullptr;
    }
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;

    void begin(Wanted wanted) {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->threads >= threads_max)
            return shared_->tell(shared_,
                                 shared_->refuse(wanted, "earlier ones hang in the kernel; restart the machine"));
        ++shared_->threads;
        try {
            std::thread([shared = shared_, wanted] {
                Result result = shared->act(wanted);
                const std::lock_guard lock_at_end(shared->mutex);
                --shared->threads;
                shared->tell(shared, std::move(result));
            }).detach();
        } catch (const std::system_error& error) {
            --shared_->threads;
            shared_->tell(shared_, shared_->refuse(wanted, error.what()));
        }
    }

  private:
    struct Shared {
        std::mutex mutex; ///< for what follows
        boost::asio::io_context* loop = nullptr;
        int threads = 0;
        Done done;
        Act act;
        Refuse refuse;

        /// Answers on the loop, if there still is one.
        void tell(const std::shared_ptr<Shared>& self, Result result) {
            if (loop)
                boost::asio::post(*loop, [self, result = std::move(result)] {
                    if (self->loop) // it is changed on this thread only
                        self->done(result);
                });
        }
    };
    std::shared_ptr<Shared> shared_; ///< with the threads, which may outlive this
};

} // namespace rekam::rekamd
