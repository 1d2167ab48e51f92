// SPDX-License-Identifier: Apache-2.0
#include "core/wire/params_impl.h"

namespace rekam::wire {

template Expected<LeaseAcquireParams> read_params(const boost::json::value&);
template Expected<LeaseRenewParams> read_params(const boost::json::value&);
template Expected<LeaseReleaseParams> read_params(const boost::json::value&);
template Expected<LeaseListParams> read_params(const boost::json::value&);
template Expected<CaseOpenParams> read_params(const boost::json::value&);
template Expected<CaseCloseParams> read_params(const boost::json::value&);
template Expected<CaseGetParams> read_params(const boost::json::value&);
template Expected<CaseListParams> read_params(const boost::json::value&);
template Expected<FrameGetParams> read_params(const boost::json::value&);
template Expected<FrameReleaseParams> read_params(const boost::json::value&);
template Expected<JobGetParams> read_params(const boost::json::value&);
template Expected<JobListParams> read_params(const boost::json::value&);
template Expected<JobCancelParams> read_params(const boost::json::value&);
template Expected<JobExtendParams> read_params(const boost::json::value&);
template Expected<JobReconcileParams> read_params(const boost::json::value&);
template Expected<HealthCheckParams> read_params(const boost::json::value&);

} // namespace rekam::wire
