// SPDX-License-Identifier: Apache-2.0
// Virtual descriptors. Every one has an owner, and is closed by it exactly once.
#pragma once

#include "core/wire/packet.h"

#include <map>
#include <memory>
#include <set>

namespace rekam::sim {

/// Who may close a handle: rekamd, a process (by its number), or the kernel while it is on a channel.
using Owner = std::uint64_t;
constexpr Owner in_flight = 0, rekamd = 1;

/// What lies in a buffer of a preview's pool: it changes under whoever looks at the wrong moment.
struct Content {
    std::int64_t number = 0; ///< of the picture; 0: there is none, or it is being written
    std::string made_for, device;
    std::int64_t exposed_us = 0;
    bool honest = true;
};

/// What a memfd holds, as the world knows it; no message can forge it.
struct File {
    std::int64_t bytes = 0;
    bool sealed = true;
    std::string made_for;               ///< the job in whose call the device made it: "J-<epoch>-<no>"
    std::string device;                 ///< the physical device
    std::int64_t exposed_us = 0;        ///< when light fell on the sensor
    bool honest = true;                 ///< false: a lying process made it up
    std::shared_ptr<Content> content{}; ///< of a buffer, which its host goes on writing to
    std::int64_t person = 0;            ///< who sat there
    bool blurred = false;
};

class Handles {
  public:
    wire::Descriptor create(Owner owner, File file);
    wire::Descriptor duplicate(wire::Descriptor handle, Owner from, Owner to);
    void move(wire::Descriptor handle, Owner from, Owner to);
    void close(wire::Descriptor handle, Owner owner);
    /// The process ended: the kernel closes what it had.
    void close_all(Owner owner);

    [[nodiscard]] const File& file(wire::Descriptor handle, Owner owner) const;
    [[nodiscard]] const std::set<wire::Descriptor>& of(Owner owner) const;
    [[nodiscard]] std::size_t size() const { return handles_.size(); }

  private:
    struct Handle {
        Owner owner = in_flight;
        std::shared_ptr<const File> file;
    };
    const Handle& check(wire::Descriptor handle, Owner owner, const char* what) const;

    wire::Descriptor last_ = 100;
    std::map<wire::Descriptor, Handle> handles_;
    std::map<Owner, std::set<wire::Descriptor>> owned_;
};

} // namespace rekam::sim
