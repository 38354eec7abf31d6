// TLS 1.3 of OpenSSL, with a certificate that the process makes for itself and nobody checks: what is
// measured is what it costs to carry bytes.
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "bench/peers/byte_pipe.hpp"
#include "bench/peers/peer.hpp"

namespace bench {
namespace {

constexpr long kCertificateSeconds = 24 * 3600;

void certify(SSL_CTX* context) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  if (!key || !certificate) give_up("OpenSSL: no key");
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kCertificateSeconds);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  if (SSL_CTX_use_certificate(context, certificate) != 1 || SSL_CTX_use_PrivateKey(context, key) != 1)
    give_up("OpenSSL: no certificate");
  X509_free(certificate);
  EVP_PKEY_free(key);
}

SSL_CTX* make_context(PipeEnd end) {
  SSL_CTX* const context = SSL_CTX_new(end == PipeEnd::server ? TLS_server_method() : TLS_client_method());
  if (!context) give_up("OpenSSL: no context");
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  if (end == PipeEnd::server) certify(context);
  return context;
}

class TlsPipe final : public BytePipe {
 public:
  TlsPipe(int socket, PipeEnd end) : context_(make_context(end)), session_(SSL_new(context_)) {
    SSL_set_fd(session_, socket);
    end == PipeEnd::server ? SSL_set_accept_state(session_) : SSL_set_connect_state(session_);
  }
  ~TlsPipe() override {
    SSL_free(session_);
    SSL_CTX_free(context_);
  }

  bool is_ready() override {
    if (SSL_is_init_finished(session_)) return true;
    return must_have_worked(SSL_do_handshake(session_)) == 1;
  }
  std::size_t write(Bytes bytes) override {
    const int count = must_have_worked(SSL_write(session_, bytes.data(), static_cast<int>(bytes.size())));
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  std::optional<std::size_t> read(rudp::MutableBytes out) override {
    const int count = SSL_read(session_, out.data(), static_cast<int>(out.size()));
    if (count > 0) return static_cast<std::size_t>(count);
    if (SSL_get_error(session_, count) == SSL_ERROR_WANT_READ) return 0;
    return std::nullopt;
  }

 private:
  int must_have_worked(int count) {
    if (count > 0) return count;
    const int error = SSL_get_error(session_, count);
    const bool gone = error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN;  // it has seen enough
    if (!gone && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) give_up("TLS: a fatal error");
    return count;
  }

  SSL_CTX* context_;
  SSL* session_;
};

}  // namespace

std::unique_ptr<BytePipe> make_tls_pipe(int socket, PipeEnd end) {
  return std::make_unique<TlsPipe>(socket, end);
}

}  // namespace bench
