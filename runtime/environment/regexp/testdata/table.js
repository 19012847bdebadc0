// Writes random patterns and texts with what Node makes of them: node table.js 1500 1 table.json
let [count,seed,out]=[+process.argv[2],+process.argv[3],process.argv[4]];
function rnd(n){seed=(seed*1103515245+12345)%2147483648;return Math.floor(seed/2147483648*n)}
function pick(a){return a[rnd(a.length)]}
const lits=['a','b','c','A','B','K','k','s','S','1','2','_','-',' ','\\n','\\r','\n','é','É','ß','ſ','\u212a','ı','İ','😀','\\u{1F600}','\\ud83d','\\ude00','\\u2028','\\x41','\\t','\\0','\\cA','ǆ','ǅ','Σ','ς','σ','\\/','\\.','x','y'];
const sets=['.','\\d','\\D','\\w','\\W','\\s','\\S','[abc]','[^abc]','[a-z]','[^a-z]','[\\w-]','[A-Z\\d]','[\\s\\S]','[^]','[]','[\\u{1F600}-\\u{1F64F}]','[\\ud83d\\ude00]','[😀a]','[^😀]','\\p{L}','\\P{L}','\\p{Lu}','\\P{Lu}','\\p{Emoji}','\\p{Script=Greek}','\\p{Ll}','[\\p{L}\\d]','[^\\p{Lu}]','[\\b]','[a-]','[k-s]','[^K]','[\\W_]','[é-ü]'];
const vsets=['[[a-z]--[b]]','[\\w&&[a-c]]','[\\q{ab|c|😀x}]','[[a-c]\\q{abc|d}]','[^[a-z]--a]','[\\p{L}--\\p{Lu}]','[\\p{L}&&\\p{ASCII}]','[a-z_]','[\\q{}a]'];
let groups=0,names=[];
function atom(d,f){
 const r=rnd(20);
 if(r<9)return pick(lits);
 if(r<12)return f.includes('v')&&rnd(2)?pick(vsets):pick(sets);
 if(d<=0)return pick(lits);
 if(r<14){groups++;return '('+disj(d-1,f)+')'}
 if(r<15)return '(?:'+disj(d-1,f)+')';
 if(r<16){groups++;const n=pick(['n','m','q','w$','é']);names.push(n);return '(?<'+n+'>'+disj(d-1,f)+')'}
 if(r<17)return pick(['(?=','(?!','(?<=','(?<!'])+disj(d-1,f)+')';
 if(r<18)return '\\'+(1+rnd(3));
 if(r<19)return pick(['(?i:','(?-i:','(?m:','(?s:','(?s-m:'])+disj(d-1,f)+')';
 return names.length?'\\k<'+pick(names)+'>':'\\b';
}
function term(d,f){
 const r=rnd(12); if(r===0)return pick(['^','$','\\b','\\B']);
 return atom(d,f)+pick(['','','','','*','+','?','*?','+?','??','{2}','{1,2}','{0,2}?','{2,}','{0}']);
}
function alt(d,f){let s='';for(let n=rnd(4)+ (d>2?1:0);n>0;n--)s+=term(d,f);return s}
function disj(d,f){let s=alt(d,f);while(rnd(4)===0)s+='|'+alt(d,f);return s}
const chars=['a','b','c','A','B','K','k','s','S','1','2','_','-',' ','\n','\r','é','É','ß','ſ','\u212a','ı','😀','\ud83d','\ude00','\u2028','ǆ','ǅ','Σ','ς','x','y','/','.','😁'];
const some=['a','b','c','A','1','\n'];
function text(){let s='';const set=rnd(2)?chars:some;for(let n=rnd(12);n>0;n--)s+=pick(set);return s}
const list=[];
while(list.length<count){
 groups=0;names=[];
 let f=pick(['','','g','i','m','s','u','iu','v','iv','im','gi','y','su','mu','d','du','gu','gv']);
 const p=disj(3,f); let re; const c={p,f};
 try{re=new RegExp(p,f)}catch(e){ if(rnd(10))continue; c.e=1; list.push(c); continue}
 c.t=[];
 let slow=false;
 for(let i=0;i<4;i++){const t=text();const li=f.match(/[gy]/)?rnd(4):0;re.lastIndex=li;const t0=process.hrtime.bigint();const m=re.exec(t);if(process.hrtime.bigint()-t0>50000000n)slow=true;
  const units=[...Array(t.length).keys()].map(i=>t.charCodeAt(i));
  let idx=null; if(m){const rd=new RegExp(p,f.includes('d')?f:f+'d');rd.lastIndex=li;const md=rd.exec(t);idx=[...md.indices].map(x=>x?x:[-1,-1]).flat()}
  c.t.push([units,li,idx])}
 if(!slow)list.push(c);
}
const u=s=>[...Array(s.length).keys()].map(i=>s.charCodeAt(i));
require('fs').writeFileSync(out,'[\n'+list.map(c=>JSON.stringify({p:u(c.p),s:c.p.toWellFormed(),f:c.f,e:c.e,t:c.t})).join(',\n')+'\n]\n');
