// SPDX-License-Identifier: Apache-2.0
#include "core/wire/params_impl.h"

namespace rekam::wire {

template Expected<CaptureParams> read_params(const boost::json::value&);
template Expected<PrintParams> read_params(const boost::json::value&);
template Expected<CardOpenParams> read_params(const boost::json::value&);
template Expected<CardTransmitParams> read_params(const boost::json::value&);
template Expected<CardCloseParams> read_params(const boost::json::value&);
template Expected<PreviewStartParams> read_params(const boost::json::value&);
template Expected<PreviewStopParams> read_params(const boost::json::value&);
template Expected<CardsGetParams> read_params(const boost::json::value&);
template Expected<CardsLoadParams> read_params(const boost::json::value&);
template Expected<CardsCountParams> read_params(const boost::json::value&);
template Expected<CardsSpoilParams> read_params(const boost::json::value&);

} // namespace rekam::wire
