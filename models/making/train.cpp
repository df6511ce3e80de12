// Trains the tiny llama-architecture model on the CPU, no dependencies.
//   g++ -O3 -march=native -ffast-math -std=c++20 -pthread train.cpp -o train
//   ./train DATA.bin OUT.bin STEPS [THREADS] [PEAK_LR] [SECONDS_LIMIT] [INIT.bin] [FIRST_DOC]
// Data parallel: each thread runs forward+backward over its own chunks of packed
// documents; attention never crosses a document; one barrier a step, then AdamW.
#include <barrier>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <thread>
#include <vector>
using namespace std;
constexpr int V = 1536, E = 192, L = 4, H = 6, KVH = 2, F = 512, HD = E / H, KV = HD * KVH, T = 512,
              MAXD = 256;
constexpr float EPS = 1e-5f, THETA = 10000.f;
typedef float v16 __attribute__((vector_size(64), aligned(4)));

// C[M,N] (+)= A[M,K] (strides rs, cs) * B[K,N] (row stride ldb). M%8==0, N%32==0.
static void gemm(int M, int N, int K, const float* A, int rs, int cs, const float* B, int ldb, float* C,
                 int ldc, bool acc) {
  static thread_local vector<float> pb;
  pb.resize(size_t(K) * 32);
  for (int n = 0; n < N; n += 32) {
    for (int k = 0; k < K; k++) memcpy(&pb[size_t(k) * 32], B + size_t(k) * ldb + n, 128);
    for (int m = 0; m < M; m += 8) {
      v16 c[8][2];
      for (int i = 0; i < 8; i++)
        for (int j = 0; j < 2; j++) c[i][j] = v16{};
      const float* a = A + size_t(m) * rs;
      const float* b = pb.data();
      for (int k = 0; k < K; k++, b += 32, a += cs) {
        v16 b0 = *(const v16*)b, b1 = *(const v16*)(b + 16);
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
          float x = a[size_t(i) * rs];
          c[i][0] += x * b0;
          c[i][1] += x * b1;
        }
      }
      for (int i = 0; i < 8; i++)
        for (int j = 0; j < 2; j++) {
          v16* o = (v16*)(C + size_t(m + i) * ldc + n + 16 * j);
          if (acc)
            *o += c[i][j];
          else
            *o = c[i][j];
        }
    }
  }
}
struct Layer {
  size_t an, wq, wk, wv, wo, fn, wg, wu, wd;
};
static Layer lay[L];
static size_t oEmb, oOn, NP;
struct Mat {
  size_t off;
  int in, out;
};
static vector<Mat> mats;
static vector<uint8_t> wdecay;
static void layout() {
  size_t p = 0;
  auto take = [&](size_t n) {
    size_t o = p;
    p += n;
    return o;
  };
  auto mat = [&](int in, int out) {
    size_t o = take(size_t(in) * out);
    mats.push_back({o, in, out});
    return o;
  };
  oEmb = take(size_t(V) * E);
  mats.push_back({oEmb, V, E});
  for (auto& l : lay) {
    l.an = take(E);
    l.wq = mat(E, E);
    l.wk = mat(E, KV);
    l.wv = mat(E, KV);
    l.wo = mat(E, E);
    l.fn = take(E);
    l.wg = mat(E, F);
    l.wu = mat(E, F);
    l.wd = mat(F, E);
  }
  oOn = take(E);
  NP = p;
  wdecay.assign(NP, 0);
  for (auto& m : mats)
    if (m.off != oEmb) memset(&wdecay[m.off], 1, size_t(m.in) * m.out);
}
static vector<float> P, PT;  // PT: every matrix transposed, at the same offset
struct Chunk {
  int n = 0;
  int tok[T], tgt[T], start[T];
  float w[T];
};
struct Act {
  vector<float> x0, n1, q, k, v, p, o, x1, n2, g, u, s;
  float r1[T], r2[T];
};
static float cosT[MAXD][HD / 2], sinT[MAXD][HD / 2];

struct Worker {
  vector<float> G;
  Act a[L];
  vector<float> xf, nf, lg, dx, dn, dq, dk, dv, dg, du, tmp;
  float rf[T];
  double loss = 0, wsum = 0, tl = 0, tw = 0;
  Worker() {
    G.resize(NP);
    for (auto& l : a) {
      for (auto* z : {&l.x0, &l.n1, &l.q, &l.o, &l.x1, &l.n2}) z->resize(size_t(T) * E);
      l.k.resize(T * KV);
      l.v.resize(T * KV);
      l.p.resize(size_t(H) * T * MAXD);
      for (auto* z : {&l.g, &l.u, &l.s}) z->resize(size_t(T) * F);
    }
    for (auto* z : {&xf, &nf, &dx, &dn, &dq, &tmp}) z->resize(size_t(T) * E);
    lg.resize(size_t(T) * V);
    dk.resize(T * KV);
    dv.resize(T * KV);
    dg.resize(size_t(T) * F);
    du.resize(size_t(T) * F);
  }
  static void rms(const float* x, const float* g, float* y, float* r) {
    for (int t = 0; t < T; t++) {
      float s = 0;
      const float* a = x + t * E;
      for (int i = 0; i < E; i++) s += a[i] * a[i];
      float k = r[t] = 1.f / sqrtf(s / E + EPS);
      for (int i = 0; i < E; i++) y[t * E + i] = a[i] * k * g[i];
    }
  }
  static void drms(const float* x, const float* g, const float* r, const float* dy, float* dx,
                   float* dgain) {  // dx += ...
    for (int t = 0; t < T; t++) {
      const float *a = x + t * E, *d = dy + t * E;
      float k = r[t], s = 0;
      for (int i = 0; i < E; i++) {
        s += d[i] * g[i] * a[i];
        dgain[i] += d[i] * a[i] * k;
      }
      s *= k * k * k / E;
      for (int i = 0; i < E; i++) dx[t * E + i] += d[i] * g[i] * k - a[i] * s;
    }
  }
  static void rope(float* x, int w, const Chunk& c, float sign) {
    for (int t = 0; t < T; t++) {
      int p = t - c.start[t];
      for (int h = 0; h < w; h += HD)
        for (int i = 0; i < HD / 2; i++) {
          float *a = x + t * w + h + 2 * i, co = cosT[p][i], si = sign * sinT[p][i], u = a[0], v = a[1];
          a[0] = u * co - v * si;
          a[1] = u * si + v * co;
        }
    }
  }
  void step(const Chunk& c, float inv) {  // inv: 1 / total weight in the batch
    const float* W = P.data();
    const float sc = 1.f / sqrtf(HD);
    for (int t = 0; t < T; t++) memcpy(&a[0].x0[t * E], W + oEmb + size_t(c.tok[t]) * E, E * 4);
    for (int l = 0; l < L; l++) {
      auto& A = a[l];
      auto& o = lay[l];
      rms(A.x0.data(), W + o.an, A.n1.data(), A.r1);
      gemm(T, E, E, A.n1.data(), E, 1, W + o.wq, E, A.q.data(), E, 0);
      gemm(T, KV, E, A.n1.data(), E, 1, W + o.wk, KV, A.k.data(), KV, 0);
      gemm(T, KV, E, A.n1.data(), E, 1, W + o.wv, KV, A.v.data(), KV, 0);
      rope(A.q.data(), E, c, 1);
      rope(A.k.data(), KV, c, 1);
      for (int t = 0; t < T; t++)
        for (int h = 0; h < H; h++) {
          int s = c.start[t], n = t - s + 1, kh = h / (H / KVH) * HD;
          float* p = &A.p[(size_t(h) * T + t) * MAXD];
          const float* q = &A.q[t * E + h * HD];
          float mx = -1e30f, sum = 0;
          for (int j = 0; j < n; j++) {
            const float* k = &A.k[(s + j) * KV + kh];
            float z = 0;
            for (int i = 0; i < HD; i++) z += q[i] * k[i];
            p[j] = z * sc;
            mx = max(mx, p[j]);
          }
          for (int j = 0; j < n; j++) {
            p[j] = expf(p[j] - mx);
            sum += p[j];
          }
          float ov[HD] = {};
          for (int j = 0; j < n; j++) {
            p[j] /= sum;
            const float* v = &A.v[(s + j) * KV + kh];
            for (int i = 0; i < HD; i++) ov[i] += p[j] * v[i];
          }
          memcpy(&A.o[t * E + h * HD], ov, sizeof ov);
        }
      A.x1 = A.x0;
      gemm(T, E, E, A.o.data(), E, 1, W + o.wo, E, A.x1.data(), E, 1);
      rms(A.x1.data(), W + o.fn, A.n2.data(), A.r2);
      gemm(T, F, E, A.n2.data(), E, 1, W + o.wg, F, A.g.data(), F, 0);
      gemm(T, F, E, A.n2.data(), E, 1, W + o.wu, F, A.u.data(), F, 0);
      for (int i = 0; i < T * F; i++) A.s[i] = A.g[i] / (1.f + expf(-A.g[i])) * A.u[i];
      auto& nx = l + 1 < L ? a[l + 1].x0 : xf;
      nx = A.x1;
      gemm(T, E, F, A.s.data(), F, 1, W + o.wd, E, nx.data(), E, 1);
    }
    rms(xf.data(), W + oOn, nf.data(), rf);
    gemm(T, V, E, nf.data(), E, 1, PT.data() + oEmb, V, lg.data(), V, 0);
    for (int t = 0; t < T; t++) {
      float* z = &lg[size_t(t) * V];
      float mx = -1e30f, s = 0;
      for (int i = 0; i < V; i++) mx = max(mx, z[i]);
      float zt = z[c.tgt[t]];
      for (int i = 0; i < V; i++) {
        z[i] = expf(z[i] - mx);
        s += z[i];
      }
      float ls = logf(s) + mx - zt;
      loss += ls * c.w[t];
      wsum += c.w[t];
      if (c.w[t] > .5f) {
        tl += ls;
        tw += 1;
      }
      float k = c.w[t] * inv;
      for (int i = 0; i < V; i++) z[i] *= k / s;
      z[c.tgt[t]] -= k;
    }
    float* g = G.data();
    gemm(V, E, T, lg.data(), 1, V, nf.data(), E, g + oEmb, E, 1);
    gemm(T, E, V, lg.data(), V, 1, W + oEmb, E, dn.data(), E, 0);
    fill(dx.begin(), dx.end(), 0.f);
    drms(xf.data(), W + oOn, rf, dn.data(), dx.data(), g + oOn);
    for (int l = L - 1; l >= 0; l--) {
      auto& A = a[l];
      auto& o = lay[l];
      const float* WT = PT.data();
      gemm(F, E, T, A.s.data(), 1, F, dx.data(), E, g + o.wd, E, 1);
      gemm(T, F, E, dx.data(), E, 1, WT + o.wd, F, du.data(), F, 0);  // du holds ds
      for (int i = 0; i < T * F; i++) {
        float x = A.g[i], si = 1.f / (1.f + expf(-x)), d = du[i];
        dg[i] = d * A.u[i] * si * (1.f + x * (1.f - si));
        du[i] = d * x * si;
      }
      gemm(E, F, T, A.n2.data(), 1, E, dg.data(), F, g + o.wg, F, 1);
      gemm(E, F, T, A.n2.data(), 1, E, du.data(), F, g + o.wu, F, 1);
      gemm(T, E, F, dg.data(), F, 1, WT + o.wg, E, dn.data(), E, 0);
      gemm(T, E, F, du.data(), F, 1, WT + o.wu, E, dn.data(), E, 1);
      drms(A.x1.data(), W + o.fn, A.r2, dn.data(), dx.data(), g + o.fn);
      gemm(E, E, T, A.o.data(), 1, E, dx.data(), E, g + o.wo, E, 1);
      gemm(T, E, E, dx.data(), E, 1, WT + o.wo, E, tmp.data(), E, 0);  // tmp: d attention output
      fill(dq.begin(), dq.end(), 0.f);
      fill(dk.begin(), dk.end(), 0.f);
      fill(dv.begin(), dv.end(), 0.f);
      for (int t = 0; t < T; t++)
        for (int h = 0; h < H; h++) {
          int s = c.start[t], n = t - s + 1, kh = h / (H / KVH) * HD;
          const float *p = &A.p[(size_t(h) * T + t) * MAXD], *d = &tmp[t * E + h * HD],
                      *q = &A.q[t * E + h * HD];
          float* qd = &dq[t * E + h * HD];
          float dp[MAXD], dot = 0;
          for (int j = 0; j < n; j++) {
            const float* v = &A.v[(s + j) * KV + kh];
            float* vd = &dv[(s + j) * KV + kh];
            float z = 0;
            for (int i = 0; i < HD; i++) {
              z += d[i] * v[i];
              vd[i] += p[j] * d[i];
            }
            dp[j] = z;
            dot += z * p[j];
          }
          for (int j = 0; j < n; j++) {
            float z = p[j] * (dp[j] - dot) * sc;
            const float* k = &A.k[(s + j) * KV + kh];
            float* kd = &dk[(s + j) * KV + kh];
            for (int i = 0; i < HD; i++) {
              qd[i] += z * k[i];
              kd[i] += z * q[i];
            }
          }
        }
      rope(dq.data(), E, c, -1);
      rope(dk.data(), KV, c, -1);
      gemm(E, E, T, A.n1.data(), 1, E, dq.data(), E, g + o.wq, E, 1);
      gemm(E, KV, T, A.n1.data(), 1, E, dk.data(), KV, g + o.wk, KV, 1);
      gemm(E, KV, T, A.n1.data(), 1, E, dv.data(), KV, g + o.wv, KV, 1);
      gemm(T, E, E, dq.data(), E, 1, WT + o.wq, E, dn.data(), E, 0);
      gemm(T, E, KV, dk.data(), KV, 1, WT + o.wk, E, dn.data(), E, 1);
      gemm(T, E, KV, dv.data(), KV, 1, WT + o.wv, E, dn.data(), E, 1);
      drms(A.x0.data(), W + o.an, A.r1, dn.data(), dx.data(), g + o.an);
    }
    for (int t = 0; t < T; t++) {
      float* d = g + oEmb + size_t(c.tok[t]) * E;
      for (int i = 0; i < E; i++) d[i] += dx[t * E + i];
    }
  }
};
struct Doc {
  vector<uint16_t> t;
  vector<uint8_t> f;
};
int main(int argc, char** argv) {
  layout();
  int steps = atoi(argv[3]), NT = argc > 4 ? atoi(argv[4]) : 2;
  float peak = argc > 5 ? atof(argv[5]) : 3e-3f;
  double limit = argc > 6 ? atof(argv[6]) : 1e9;
  vector<Doc> docs;
  {
    FILE* f = fopen(argv[1], "rb");
    uint16_t n;
    while (f && fread(&n, 2, 1, f) == 1) {
      Doc d;
      d.t.resize(n);
      d.f.resize(n);
      if (fread(d.t.data(), 2, n, f) != n || fread(d.f.data(), 1, n, f) != n) break;
      docs.push_back(move(d));
    }
    if (f) fclose(f);
  }
  printf("params %zu docs %zu\n", NP, docs.size());
  if (docs.empty()) return 1;
  for (int p = 0; p < MAXD; p++)
    for (int i = 0; i < HD / 2; i++) {
      double an = p * pow(THETA, -2.0 * i / HD);
      cosT[p][i] = cos(an);
      sinT[p][i] = sin(an);
    }
  P.assign(NP, 0);
  PT.assign(NP, 0);
  mt19937 rng(11);
  normal_distribution<float> nd;
  for (auto& m : mats) {
    float sd = m.off == oEmb ? 0.04f : 0.8f / sqrtf(m.in);
    for (size_t i = 0; i < size_t(m.in) * m.out; i++) P[m.off + i] = nd(rng) * sd;
  }
  for (auto& l : lay) {
    for (int i = 0; i < E; i++) P[l.an + i] = P[l.fn + i] = 1;
    float k = 1.f / sqrtf(2.f * L);
    for (int i = 0; i < E * E; i++) P[l.wo + i] *= k;
    for (int i = 0; i < F * E; i++) P[l.wd + i] *= k;
  }
  for (int i = 0; i < E; i++) P[oOn + i] = 1;
  if (argc > 7) {
    FILE* f = fopen(argv[7], "rb");
    if (!f || fread(P.data(), 4, NP, f) != NP) return 1;
    fclose(f);
  }
  auto transpose = [&](int id) {
    for (size_t q = id; q < mats.size(); q += NT) {
      auto& m = mats[q];
      for (int i = 0; i < m.in; i += 16)
        for (int j = 0; j < m.out; j += 16)
          for (int a = i; a < i + 16; a++)
            for (int b = j; b < j + 16; b++)
              PT[m.off + size_t(b) * m.in + a] = P[m.off + size_t(a) * m.out + b];
    }
  };
  for (int i = 0; i < NT; i++) transpose(i);
  vector<float> m1(NP), m2(NP);
  vector<unique_ptr<Worker>> w;
  for (int i = 0; i < NT; i++) w.push_back(make_unique<Worker>());
  const int CH = NT;
  vector<Chunk> ch(CH);
  size_t next = argc > 8 ? atoi(argv[8]) : 0;
  float inv = 1, lr = 0, clip = 1;
  int st = 0;
  bool stop = false;
  double acc = 0;
  int accn = 0;
  auto t0 = chrono::steady_clock::now();
  auto secs = [&] { return chrono::duration<double>(chrono::steady_clock::now() - t0).count(); };
  vector<double> norm(NT);
  auto fillb = [&] {
    double W = 0;
    for (auto& c : ch) {
      int n = 0;
      while (true) {
        auto& d = docs[next % docs.size()];
        int len = d.t.size() - 1;
        if (n + len > T) break;
        for (int i = 0; i < len; i++) {
          c.tok[n + i] = d.t[i];
          c.tgt[n + i] = d.t[i + 1];
          c.w[n + i] = d.f[i + 1] ? 1.f : .1f;
          c.start[n + i] = n;
          W += c.w[n + i];
        }
        n += len;
        next++;
      }
      c.n = n;
      for (; n < T; n++) {
        c.tok[n] = c.tgt[n] = 0;
        c.w[n] = 0;
        c.start[n] = n;
      }
    }
    inv = 1 / W;
    double prog = max(double(st) / steps, secs() / limit);
    if (prog >= 1) {
      stop = true;
      prog = 1;
    }
    lr = peak * min(1.0, (st + 1) / 100.0) * (0.02 + 0.98 * 0.5 * (1 + cos(M_PI * prog)));
  };
  auto save = [&] {
    FILE* f = fopen(argv[2], "wb");
    fwrite(P.data(), 4, NP, f);
    fclose(f);
  };
  fillb();
  barrier bar(NT);
  auto work = [&](int id) {
    auto& me = *w[id];
    while (!stop) {
      fill(me.G.begin(), me.G.end(), 0.f);
      for (int c = id; c < CH; c += NT) me.step(ch[c], inv);
      bar.arrive_and_wait();
      size_t lo = NP * id / NT, hi = NP * (id + 1) / NT;
      double n2 = 0;
      for (size_t i = lo; i < hi; i++) {
        float g = 0;
        for (auto& x : w) g += x->G[i];
        w[0]->G[i] = g;
        n2 += double(g) * g;
      }
      norm[id] = n2;
      bar.arrive_and_wait();
      if (id == 0) {
        double s = 0;
        for (double x : norm) s += x;
        clip = min(1.0, 1.0 / (sqrt(s) + 1e-9));
      }
      bar.arrive_and_wait();
      float b1 = .9f, b2 = .98f, c1 = 1 - powf(b1, st + 1), c2 = 1 - powf(b2, st + 1);
      for (size_t i = lo; i < hi; i++) {
        float g = w[0]->G[i] * clip;
        m1[i] = b1 * m1[i] + (1 - b1) * g;
        m2[i] = b2 * m2[i] + (1 - b2) * g * g;
        P[i] -= lr * ((m1[i] / c1) / (sqrtf(m2[i] / c2) + 1e-8f) + (wdecay[i] ? .05f * P[i] : 0));
      }
      bar.arrive_and_wait();
      transpose(id);
      if (id == 0) {
        double l = 0, n = 0;
        for (auto& x : w) {
          l += x->tl;
          n += x->tw;
          x->tl = x->tw = 0;
        }
        acc += l / n;
        accn++;
        st++;
        if (st % 50 == 0) {
          printf("step %d target-loss %.4f lr %.5f docs %zu %.1fs %.0f tok/s\n", st, acc / accn, lr, next,
                 secs(), double(st) * CH * T / secs());
          fflush(stdout);
          acc = accn = 0;
        }
        if (st % 500 == 0) save();
        fillb();
        if (st >= steps) stop = true;
      }
      bar.arrive_and_wait();
    }
  };
  vector<thread> th;
  for (int i = 0; i < NT; i++) th.emplace_back(work, i);
  for (auto& t : th) t.join();
  save();
  printf("done %d steps %.1fs\n", st, secs());
}
