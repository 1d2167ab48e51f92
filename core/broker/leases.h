// SPDX-License-Identifier: Apache-2.0
// Exclusive, expiring use of one or more slots by one session for one case: all of them or none, first come first
// served. A waiter holds nothing while it waits, so two desks that share a device cannot deadlock; nobody overtakes
// a waiter on any slot it wants, so it cannot starve.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void lease_acquire(Step& step, const Asked& asked);
void lease_renew(Step& step, const Asked& asked);
void lease_release(Step& step, const Asked& asked);
void lease_list(Step& step, const Asked& asked);

/// Ends a held or waiting lease: its jobs are interrupted for `cause`, its slots go to the next waiter.
void end_lease(Step& step, LeaseNo no, model::EndCause cause);
/// lease_expiry: ends it if CLOCK_BOOTTIME says so, else looks again.
void lease_expiry(Step& step, LeaseNo no);
/// lease_wait: a waiter's time is over.
/// A slot was released: those that waited for it are served.
void serve_waiters(Step& step);
void lease_wait_over(Step& step, LeaseNo no);
/// After a suspend: expiries are compared again with CLOCK_BOOTTIME.
void rearm_leases(Step& step);
/// The gate died: who waited is not told any more and asks again.
void drop_waiters(Step& step);
/// The case is closed: its waiters are refused, its leases end.
void end_leases_of_case(Step& step, const std::string& case_id);
/// The slot is gone: who waits for it is refused, the lease on it ends.
void slot_removed(Step& step, const std::string& slot);

/// The lease that a capture names, if it is held by this session for this slot.
wire::Expected<const Lease*> lease_for(const Step& step, const std::string& id, SessionNo session,
                                       const std::string& slot);

} // namespace rekam::broker
