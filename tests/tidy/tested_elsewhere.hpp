// Modules whose test has another name than theirs, each group with its reason.
#pragma once

#include "tidy/shape.hpp"

namespace tidy {

inline const Elsewhere kTestedElsewhere = {
    // Names of executables are unique, and another room has a module of this name.
    {"rudp/base/random.cpp", "tests/base/test_random_below.cpp"},
    {"rudp/base/trace.cpp", "tests/base/test_trace_kind.cpp"},

    // One class in several files: where composition happens, no file becomes the
    // one that does everything. The test drives the whole, over its only door.
    {"rudp/connection/acknowledge.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/connection/close.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/connection/connection.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/connection/control_frames.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/connection/handshake.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/connection/ecn.cpp", "tests/scenario/test_ecn.cpp"},
    {"rudp/connection/mtu.cpp", "tests/scenario/test_mtu.cpp"},
    {"rudp/connection/paths.cpp", "tests/scenario/test_rebind.cpp"},
    {"rudp/connection/paths_ids.cpp", "tests/scenario/test_connection_ids.cpp"},
    {"rudp/connection/payload_frames.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/connection/probes.cpp", "tests/scenario/test_outage.cpp"},
    {"rudp/connection/receive.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/connection/sent.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/connection/session.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/connection/streams.cpp", "tests/scenario/test_streaming.cpp"},
    {"rudp/connection/timeout.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/connection/transmit.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/endpoint/dispatch.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/endpoint/drain.cpp", "tests/endpoint/test_endpoint.cpp"},
    {"rudp/endpoint/memory.cpp", "tests/scenario/test_outofmemory.cpp"},
    {"rudp/sim/world_streams.cpp", "tests/sim/test_stream_checker.cpp"},
    {"rudp/stream/streams_in.cpp", "tests/stream/test_streams.cpp"},
    {"rudp/stream/streams_out.cpp", "tests/stream/test_streams.cpp"},
    {"rudp/uv/driver_events.cpp", "tests/uv/test_driver.cpp"},
    {"rudp/uv/driver_streams.cpp", "tests/uv/test_stream.cpp"},
    {"rudp/uv/driver_send.cpp", "tests/uv/test_driver.cpp"},

    // Two ways to be a socket, and what both are made of: one test runs on each.
    {"rudp/uv/linux_socket.cpp", "tests/uv/test_socket.cpp"},
    {"rudp/uv/portable_socket.cpp", "tests/uv/test_socket.cpp"},
    {"rudp/uv/receive_batch.cpp", "tests/uv/test_socket.cpp"},
    {"rudp/uv/send_batch.cpp", "tests/uv/test_socket.cpp"},
    {"rudp/uv/socket_options.cpp", "tests/uv/test_socket.cpp"},
    {"rudp/uv/failure.cpp", "tests/uv/test_socket.cpp"},

    // Wrappers of one call of a library, shown by those who call them.
    {"rudp/crypto/chacha20_poly1305.cpp", "tests/crypto/test_packet_key.cpp"},
    {"rudp/crypto/initialize.cpp", "tests/crypto/test_sodium_random.cpp"},

    // One suite for every engine behind the store's contract.
    {"chat/storage/memory_engine.cpp", "tests/chat/test_store.cpp"},
    {"chat/storage/sqlite_database.cpp", "tests/chat/test_sqlite_engine.cpp"},
    {"chat/storage/sqlite_schema.cpp", "tests/chat/test_sqlite_engine.cpp"},
    {"chat/storage/mariadb_connection.cpp", "tests/chat/test_mariadb_engine.cpp"},
    {"chat/storage/mariadb_errors.cpp", "tests/chat/test_mariadb_refusals.cpp"},
    {"chat/storage/mariadb_schema.cpp", "tests/chat/test_mariadb_refusals.cpp"},
    {"chat/storage/mariadb_session.cpp", "tests/chat/test_mariadb_engine.cpp"},
    {"chat/storage/sqlite_rows.cpp", "tests/chat/test_row_store.cpp"},
    {"chat/unicode.cpp", "tests/chat/test_text.cpp"},
    {"chat/service_talk.cpp", "tests/chat/test_service.cpp"},
};

}  // namespace tidy
