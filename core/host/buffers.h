// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which buffers of a preview's pool are free. Pure.
#pragma once

#include "core/host/loop_events.h"

namespace rekam::host {

class Buffers {
  public:
    /// A pool in place of the one before, whose pictures are nobody's concern any more.
    void made(PoolMade pool);

    /// Descriptors that the broker does not have yet; nothing can be shown before.
    [[nodiscard]] std::vector<wire::Descriptor>& unsent() { return unsent_; }
    [[nodiscard]] wire::PoolBuffers record() const { return {pool_, bytes_}; }

    /// Whether a picture can be taken, and shown.
    [[nodiscard]] bool ready() const;
    /// The buffer for the next picture, which has a generation of its own. Only when ready.
    wire::BufferRef take();
    /// A picture that was begun in the pool before lies at the same place of the new one.
    wire::BufferRef moved(wire::BufferRef at);
    /// Anything but the picture that is there now is an old word, and means nothing.
    void give_back(const wire::BufferRef& at);

  private:
    std::int64_t pool_ = 0, bytes_ = 0, last_ = 0;
    std::vector<std::int64_t> generations_; ///< of the picture in each; 0: free
    std::vector<wire::Descriptor> unsent_;
};

} // namespace rekam::host
