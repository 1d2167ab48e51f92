// SPDX-License-Identifier: Apache-2.0
// The children of this process and everything that descends from them: started, watched by pidfd, killed as trees.
// Never blocks. One object per process, on the thread that runs the io_context; that thread must be the main one.
#pragma once

#include "core/io/output.h"
#include "core/io/spawn.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace rekam::io {

/// The owner's number for a child, below 2^32 and never used twice; 0 is none. It is the lower half of the child's
/// mark.
using ProcessKey = std::uint64_t;

struct ExitStatus {
    int code = 0;
    int signal = 0; ///< 0: it ended by itself
};

class Processes {
  public:
    /// For each spawned child: `failed` alone; or `started`, then `exited`, then `gone`. A process that does not die of
    /// a kill gives `gone` with stuck; should the kernel let go of it one day, `exited` and `gone` follow (of
    /// descendants that did not die, `gone` alone). A handler may call everything here.
    struct Handlers {
        std::function<void(ProcessKey, pid_t, Fd channel)> started; ///< exec has succeeded
        std::function<void(ProcessKey, const std::string& reason)> failed;
        /// It has ended. Its output is complete, as far as it wrote it itself; its channel can still be read.
        std::function<void(ProcessKey, ExitStatus, const std::string& last_output)> exited;
        /// Nothing that descends from it is left, or (stuck) some of it could not be killed in time and is given up.
        std::function<void(ProcessKey, bool stuck)> gone;
        std::function<void(ProcessKey, Priority, const std::string& line)> output;
    };

    /// Makes this process the parent of all orphans below it. `station` is the upper half of all marks
    /// (process_tree.h). Throws std::system_error.
    Processes(boost::asio::io_context& loop, Handlers handlers, std::chrono::milliseconds kill_limit,
              std::uint64_t station);
    ~Processes(); ///< kills what is left and waits for nothing
    Processes(const Processes&) = delete;
    Processes& operator=(const Processes&) = delete;

    void spawn(ProcessKey key, Command command);

    /// SIGKILL to the child, its process group and all its descendants. Harmless when it is gone.
    void kill(ProcessKey key);
    void kill_all();

    [[nodiscard]] bool empty() const; ///< but for those that were given up
    void set_kill_limit(std::chrono::milliseconds limit);

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace rekam::io
