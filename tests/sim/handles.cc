// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/handles.h"

#include "tests/sim/violation.h"

namespace rekam::sim {

const Handles::Handle& Handles::check(wire::Descriptor handle, Owner owner, const char* what) const {
    const auto found = handles_.find(handle);
    if (found == handles_.end() || found->second.owner != owner)
        throw Violation("descriptors_closed_exactly_once", std::string(what) + " of descriptor " +
                                                               std::to_string(handle) + " by " + std::to_string(owner) +
                                                               ", which does not own it");
    return found->second;
}

wire::Descriptor Handles::create(Owner owner, File file) {
    const auto handle = ++last_;
    handles_[handle] = {owner, std::make_shared<const File>(std::move(file))};
    owned_[owner].insert(handle);
    return handle;
}

wire::Descriptor Handles::duplicate(wire::Descriptor handle, Owner from, Owner to) {
    const Handle original = check(handle, from, "sending");
    const auto copy = ++last_;
    handles_[copy] = {to, original.file};
    owned_[to].insert(copy);
    return copy;
}

void Handles::move(wire::Descriptor handle, Owner from, Owner to) {
    check(handle, from, "passing on");
    handles_.at(handle).owner = to;
    owned_[from].erase(handle);
    owned_[to].insert(handle);
}

void Handles::close(wire::Descriptor handle, Owner owner) {
    check(handle, owner, "closing");
    handles_.erase(handle);
    owned_[owner].erase(handle);
}

void Handles::close_all(Owner owner) {
    for (const auto handle : owned_[owner])
        handles_.erase(handle);
    owned_.erase(owner);
}

const File& Handles::file(wire::Descriptor handle, Owner owner) const { return *check(handle, owner, "reading").file; }

const std::set<wire::Descriptor>& Handles::of(Owner owner) const {
    static const std::set<wire::Descriptor> none;
    const auto found = owned_.find(owner);
    return found == owned_.end() ? none : found->second;
}

} // namespace rekam::sim
