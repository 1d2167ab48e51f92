// SPDX-License-Identifier: Apache-2.0
#include "core/wire/codec_impl.h"
#include "core/wire/host_messages.h"
#include "core/wire/mock_params.h"
#include "core/wire/params_impl.h"

namespace rekam::wire {

template Expected<MockSetParams> read_params(const boost::json::value&);
template Expected<MockClearParams> read_params(const boost::json::value&);
template Expected<MockGetParams> read_params(const boost::json::value&);

template Expected<HostMock> decode(std::string_view);
template Expected<MockState> decode(std::string_view);
template Expected<HostMockDone> decode(std::string_view);

template std::string encode(const HostMock&);
template std::string encode(const HostMockDone&);
template std::string encode(const MockResult&);

} // namespace rekam::wire
